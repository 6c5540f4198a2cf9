"""Goal 4 with a few tickets: whether its script works shows with these as well, and in a moment."""

import bench_stage_change

bench_stage_change.HUNDRED = 5
run = bench_stage_change.run
