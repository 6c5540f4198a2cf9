from . import test_lifecycle_ways_in
