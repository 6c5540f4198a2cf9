"""A benchmark of nothing: one side works ten times as long as the other and asks the database for more."""

import time


def work(bench, seconds, queries):
    def function():
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
        for _ in range(queries):
            bench.env.cr.execute("SELECT 1")

    return function


def run(bench):
    bench.compare("slow", "ten times the work", work(bench, 0.2, 5), work(bench, 0.02, 1))
    bench.compare("equal", "the same work", work(bench, 0.02, 1), work(bench, 0.02, 1))
