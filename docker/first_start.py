"""Makes a new database fit to be reached: fed to `odoo shell` once, after the suite was installed.

Odoo creates its administrator with the password "admin". This sets the chosen one, in the same transaction as the mark
that the entrypoint looks for, so that a start that broke off half way does it again and a later restart never does.
"""

import os

DONE = "psa.first_start_done"

parameters = env["ir.config_parameter"].sudo()  # noqa: F821
if not parameters.get_param(DONE):
    env.ref("base.user_admin").password = os.environ["PSA_ADMIN_PASSWORD"]  # noqa: F821
    parameters.set_param("web.base.url", os.environ["PSA_BASE_URL"])
    parameters.set_param("web.base.url.freeze", "True")
    # The PDF renderer fetches styles from inside the container, where the public name may not resolve.
    parameters.set_param("report.url", "http://127.0.0.1:8069")
    parameters.set_param(DONE, "True")
    env.cr.commit()  # noqa: F821
