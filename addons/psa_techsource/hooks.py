def post_init_hook(env):
    """Have the main company's books set up once everything is installed.

    Account itself loads a chart of accounts at that moment, and this is its own way to ask for it:
    a chart that is loaded between two modules misses what the later ones add.
    """
    env.registry._auto_install_template = lambda env: env.company._set_up_australian_books()
