"""Forgetting of what a registry has cached, when the records behind it change."""


def forget_cached(env):
    """Clear the cache now, and once more after the commit.

    It is cleared now so that the rest of this transaction reads what it wrote. It is cleared again after the commit
    because until then another thread sees the old records, and can put them back into the cache.
    """
    env.registry.clear_cache()
    env.cr.postcommit.add(env.registry.clear_cache)
