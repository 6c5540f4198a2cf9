"""What a registry keeps in its cache, and how it is forgotten when the records behind it change."""


def forget_cached(env):
    """Clear the cache now, and once more after the commit.

    Now, so that the rest of this transaction reads what it wrote. After the commit, because until then another thread
    sees the old records and can put them back.
    """
    env.registry.clear_cache()
    env.cr.postcommit.add(env.registry.clear_cache)
