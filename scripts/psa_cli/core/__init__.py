"""What the suite stands on: Odoo's source trees, Python packages and the modules in addons/."""
