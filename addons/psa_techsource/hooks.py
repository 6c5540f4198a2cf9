def post_init_hook(env):
    """Set up the main company's books once all modules are installed.

    `account` loads a chart of accounts at that moment, and asks this attribute for it. A chart that is loaded
    earlier, between two modules, misses what the later ones add.
    """
    env.registry._auto_install_template = lambda env: env.company._set_up_australian_books()
