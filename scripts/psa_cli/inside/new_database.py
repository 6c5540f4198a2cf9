"""Runs in an Odoo shell on a fresh copy of a template: makes it a database of its own and gives out the logins.

`env` is the shell's. The answer goes to the file named in PSA_RESULT, which only its owner may read.
"""

import json
import os
import secrets

# A copy has the template's secret and uuid: anyone with another copy could sign sessions for this one.
env["ir.config_parameter"].init(force=True)  # noqa: F821
issued = {"users": {}}
if "psa.demo" in env:  # noqa: F821
    issued = env["psa.demo"].issue_credentials()  # noqa: F821
if "admin" not in issued["users"]:
    admin = env.ref("base.user_admin")  # noqa: F821
    password = secrets.token_urlsafe(12)
    admin.password = password
    issued["users"]["admin"] = {"login": admin.login, "password": password}
issued["has_demo"] = "psa.demo" in env  # noqa: F821
issued["uuid"] = env["ir.config_parameter"].get_param("database.uuid")  # noqa: F821
env.cr.commit()  # noqa: F821

descriptor = os.open(os.environ["PSA_RESULT"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
with os.fdopen(descriptor, "w") as stream:
    json.dump(issued, stream)
