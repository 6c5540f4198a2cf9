"""For each rule a small tree that breaks it and one that keeps it: so each is known to be able to fail, and to pass.

A sample is {file: text}. Every tree also gets the manifests of `COMMON`, unless the sample brings its own.
"""

from dataclasses import dataclass

from psa_cli import roles

MANIFEST = '{"name": "A", "version": "1.0.0", "license": "AGPL-3", "data": []}'
COMMON = {
    "addons/psa_base/__manifest__.py": MANIFEST,
    "addons/psa_base/readme/DESCRIPTION.md": "What every provider needs.",
    "addons/psa_techsource/__manifest__.py": MANIFEST,
    "addons/psa_techsource/readme/DESCRIPTION.md": "One engagement.",
}
BASE = "addons/psa_base"
L3 = "addons/psa_techsource"


@dataclass(frozen=True)
class Sample:
    """Texts that a rule must object to, each by itself, and texts that it must let pass together."""

    bad: list[dict[str, str]]
    good: dict[str, str]


def _code(*offences: str, good: str, path: str = f"{BASE}/services/work.py") -> Sample:
    return Sample([{path: offence} for offence in offences], {path: good})


def _model(name: str, base: str = "Model", extra: str = "") -> str:
    return f'from odoo import models\n\n\nclass A(models.{base}):\n    _name = "{name}"\n{extra}'


def _extension(name: str, base: str = "Model", extra: str = "") -> str:
    return _model(name, base, extra).replace("_name = ", "_inherit = ")


def _tagged(name: str, *tags: str) -> str:
    return f"@tagged({', '.join(map(repr, tags))})\nclass {name}(TransactionCase):\n    pass\n"


def _xml(body: str, root: str = "<odoo>") -> str:
    return f"{root}{body}</odoo>"


def _view(ident: str) -> str:
    return _xml(f'<record id="{ident}" model="ir.ui.view"><field name="model">psa.asset</field></record>')


ACCESS_HEADER = "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
ACCESS = f"{BASE}/security/ir.model.access.csv"
ASSET = {f"{BASE}/models/psa_asset.py": _model("psa.asset")}
WRITE = "\n    def write(self, values):\n        return super().write(values)\n"
MATRIX = f"{BASE}/tests/role_matrix.py"
ASSET_ROW = """ROLES = ("support",)
MEANINGS = {"support": "Works."}
OPERATIONS = {"r": ("read", "read")}
RECORDS = {"psa.asset own": ("Assets", "r")}
"""
L4_RECORD = {f"{L3}/l4/rules.xml": _xml('<record id="rule_gold" model="x"/>', '<odoo noupdate="1">')}

SAMPLES = {
    # layers
    "base_does_not_name_an_engagement": Sample(
        [
            {f"{BASE}/models/a.py": "# for Techsource"},
            {f"{BASE}/data/a.xml": "<odoo><!-- techsource --></odoo>"},
            {f"{BASE}/views/techsource.xml": "<odoo/>"},
            {f"{BASE}/security/a.csv": "techsource.svr"},
        ],
        {f"{BASE}/models/a.py": "# for any engagement", f"{L3}/models/b.py": "# Techsource"},
    ),
    "python_names_no_configuration_record": Sample(
        [
            {**L4_RECORD, f"{L3}/models/a.py": 'env.ref("psa_techsource.rule_gold")'},
            {**L4_RECORD, f"{L3}/tests/test_a.py": 'name = "rule_gold"'},
        ],
        {**L4_RECORD, f"{L3}/models/a.py": 'env.ref("psa_techsource.stage_closed")  # rule_gold'},
    ),
    "only_series_asks_for_the_version": Sample(
        [
            {f"{BASE}/models/a.py": "from odoo import release"},
            {f"{BASE}/models/a.py": "import odoo\nnew = odoo.release.version_info[0] >= 19"},
            {f"{L3}/tests/test_a.py": "import odoo\nold = odoo.release.series == '18.0'"},
        ],
        {f"{BASE}/series.py": "from odoo import release\nV19 = release.version_info[0] >= 19"},
    ),
    "nobody_patches_the_core": _code(
        "from odoo.addons.contract.models.contract import Contract\nContract.run = lambda self: None",
        "import odoo.addons.queue_job.jobrunner as runner\nrunner.start = None",
        "from odoo import http\nsetattr(http, 'route', None)",
        "self.env['a']._patch_method('write', other)",
        good="from odoo.http import request\nfrom odoo.addons.psa_base import x\nx.y = 1\nrequest.a = 2\nself.b = 3",
    ),
    "rooms_import_downwards_only": Sample(
        [
            {f"{BASE}/api/routers/a.py": "from ...adapters import generic"},
            {f"{BASE}/models/a.py": "from ..api.schemas.tickets import Ticket"},
            {f"{BASE}/services/a.py": "from odoo.addons.psa_base.controllers import webhook"},
            {f"{BASE}/adapters/a.py": "from ..models import psa_asset"},
        ],
        {
            f"{BASE}/api/routers/a.py": "from odoo import models\nfrom ..schemas.tickets import Ticket",
            f"{BASE}/services/a.py": "from ..adapters import generic",
        },
    ),
    "tools_import_nothing_above_them": _code(
        "from ...models.psa_asset import LAYERS",
        "from ...adapters import generic",
        "from ... import services",
        "from odoo.addons.psa_base.api import errors",
        good=(
            "from odoo.tools import SQL\n"
            "from odoo.addons.helpdesk_mgmt.models import helpdesk_ticket\n"
            "from odoo.addons.psa_base.tools import text\n"
            "from ... import const, series\n"
            "from ...exceptions import Refused\n"
            "from ..text import clean\n"
            "from . import lanes\n"
        ),
        path=f"{BASE}/tools/hub/work.py",
    ),
    "adapters_touch_no_record": _code(
        "def a(env):\n    return env['psa.asset']",
        "def a(self):\n    return self.env.company",
        "from odoo import models",
        good="import requests\nfrom dataclasses import dataclass",
        path=f"{BASE}/adapters/vendor.py",
    ),
    "outside_tests_import_no_addon": Sample(
        [{"tests/test_a.py": "from odoo.addons.psa_base import models"}, {"scripts/a.py": "import odoo"}],
        {"tests/test_a.py": "import requests"},
    ),
    # rooms
    "a_mixin_has_two_users": Sample(
        [
            {f"{BASE}/models/psa_mixin.py": _model("psa.mixin", "AbstractModel")},
            {
                f"{BASE}/models/psa_mixin.py": _model("psa.mixin", "AbstractModel"),
                f"{BASE}/models/psa_asset.py": _model("psa.asset", extra='    _inherit = ["psa.mixin"]\n'),
                f"{BASE}/models/psa_mixin_more.py": _extension("psa.mixin", "AbstractModel"),
            },
            {
                f"{BASE}/models/psa_shared.py": _model("psa.shared", "AbstractModel"),
                f"{L3}/models/a.py": _extension("psa.asset") + _model("b", extra='    _inherit = "psa.shared"\n'),
            },
        ],
        {
            f"{BASE}/models/psa_health.py": _model("psa.health", "AbstractModel"),
            f"{BASE}/models/psa_mixin.py": _model("psa.mixin", "AbstractModel"),
            f"{BASE}/models/psa_asset.py": _model("psa.asset", extra='    _inherit = ["mail.thread", "psa.mixin"]\n'),
            f"{L3}/models/a.py": _model("res.partner", extra='    _inherit = ["res.partner", "psa.mixin"]\n'),
        },
    ),
    "models_stand_in_rooms": Sample(
        [{f"{BASE}/models/asset/psa_asset.py": "", f"{BASE}/models/psa_hub_inbox.py": ""}],
        {
            f"{BASE}/models/asset/psa_asset.py": "",
            f"{BASE}/models/__init__.py": "",
            f"{L3}/models/psa_demo.py": "",
        },
    ),
    "rooms_have_one_name_on_every_floor": Sample(
        [
            {f"{BASE}/models/asset/a.py": "", f"{BASE}/{floor}/assets/a.{suffix}": ""}
            for floor, suffix in (
                ("views", "xml"),
                ("services", "py"),
                ("tools", "py"),
                ("controllers", "py"),
                ("tests", "py"),
                ("static/src", "js"),
            )
        ]
        + [{f"{L3}/models/svr/a.py": "", f"{BASE}/views/svr/a.xml": "<odoo/>"}],
        {
            f"{BASE}/models/asset/a.py": "",
            f"{BASE}/views/asset/a.xml": "<odoo/>",
            f"{BASE}/static/src/asset/deep/a.js": "",
            f"{BASE}/tests/payloads/vendor/a.json": "",
            f"{BASE}/data/anything/a.xml": "<odoo/>",
            f"{L3}/__manifest__.py": MANIFEST.replace("{", '{"depends": ["psa_base"], '),
            f"{L3}/views/asset/a.xml": "<odoo/>",
        },
    ),
    "rooms_stay_small": Sample(
        [
            {f"{BASE}/models/asset/a{number}.py": "" for number in range(16)},
            {f"{BASE}/views/asset/a{number}.xml": "<odoo/>" for number in range(16)},
        ],
        {
            **{f"{BASE}/models/asset/a{number}.py": "" for number in range(15)},
            f"{BASE}/models/asset/__init__.py": "",
            **{f"{BASE}/static/src/asset/a{number}.{suffix}": "" for number in range(15) for suffix in ("js", "scss")},
            **{f"{BASE}/tests/asset/test_a{number}.py": "" for number in range(16)},
        },
    ),
    "one_override_a_room": Sample(
        [
            {
                f"{BASE}/models/asset/psa_asset.py": _model("psa.asset", extra=WRITE),
                f"{BASE}/models/asset/psa_asset_matching.py": _extension("psa.asset", extra=WRITE),
            },
        ],
        {
            f"{BASE}/models/asset/psa_asset.py": _model("psa.asset", extra=WRITE),
            f"{BASE}/models/asset/psa_match.py": _model("psa.match", extra=WRITE),
            f"{BASE}/models/asset/psa_asset_matching.py": _extension("psa.asset", extra=WRITE.replace("write", "read")),
            f"{BASE}/models/hub/psa_asset.py": _extension("psa.asset", extra=WRITE),
            f"{L3}/models/asset/psa_asset.py": _extension("psa.asset", extra=WRITE),
        },
    ),
    # habits
    "sudo_gives_its_reason": _code(
        "a = self.sudo()",
        "# why\na = self.sudo()",
        "# The same as above.\na = self.sudo()",
        "# Nobody may read keys, see below.\na = self.sudo()",
        "# A reason, but not on the line above.\n\na = self.sudo()",
        "a = self.with_user(SUPERUSER_ID)",
        good=(
            "# The portal user owns the ticket but may not read its team.\n"
            "a = self.sudo()\n"
            "# The sequence is nobody's in particular.\n"
            "b = call(\n    self.sudo(),\n)\n"
            "c = b.sudo(False)\n"
        ),
    ),
    "sql_is_constant": _code(
        'self.env.cr.execute(f"SELECT {a}")',
        'cr.execute("SELECT " + a)',
        'cr.execute("SELECT %s" % a)',
        'cr.execute("SELECT {}".format(a))',
        'SQL(f"SELECT {a}")',
        'def f():\n    query = "SELECT " + a\n    cr.execute(query)',
        good='def f():\n    query = "SELECT %s"\n    cr.execute(query, [a])\n    cr.execute(SQL("SELECT %s", a))',
    ),
    "http_calls_have_a_timeout": _code(
        "requests.get(url)",
        "urllib.request.urlopen(url)",
        "self._session.post(url, json={})",
        good="requests.get(url, timeout=5)\nrequest.session.get('a')\nsession.post(url, timeout=(3, 10))",
    ),
    "errors_are_not_swallowed": _code(
        "try:\n    a()\nexcept:\n    raise",
        "try:\n    a()\nexcept Exception:\n    pass",
        good="try:\n    a()\nexcept KeyError:\n    pass\ntry:\n    a()\nexcept Exception:\n    log()\n    raise",
    ),
    "state_changes_through_one_door": _code(
        'def close(self):\n    self.write({"state": "done"})',
        "def close(self):\n    self.write(dict(state='done'))",
        'def close(self):\n    self.state = "done"',
        good=(
            'def _update_state(self, target):\n    self.write({"state": target})\n\n\n'
            'def _take_state(self, target):\n    self.write({"state": target})\n\n\n'
            'def _compute_state(self):\n    self.state = "done"\n'
        ),
    ),
    # naming
    "a_model_a_file_of_its_stem": Sample(
        [
            {f"{BASE}/models/asset.py": _model("psa.asset")},
            {f"{BASE}/models/ticket.py": _extension("helpdesk.ticket")},
            {f"{BASE}/models/psa_asset.py": _model("psa.asset") + _model("psa.asset")},
            {f"{BASE}/models/psa_asset.py": _model("psa.asset") + _model("psa.ticket")},
            {f"{BASE}/models/psa_asset.py": _model("psa.asset.line")},
            {f"{BASE}/models/psa_asset_matching.py": _model("psa.asset")},
            {f"{BASE}/models/psa_asset.py": _extension("psa.asset") + _extension("psa.asset")},
            {f"{BASE}/models/psa_asset.py": _model("psa.asset").replace('"psa.asset"', "NAME")},
        ],
        {
            **ASSET,
            f"{BASE}/models/hub/psa_asset_matching.py": _extension("psa.asset"),
            f"{BASE}/models/helpdesk_ticket.py": _extension("helpdesk.ticket"),
            f"{BASE}/models/psa_match.py": _model("psa.match.line", "TransientModel") + _model("psa.match"),
            f"{BASE}/models/psa_mixin_settle.py": _extension("psa.mixin", "AbstractModel"),
            f"{L3}/report/svr.py": _model("report.psa_techsource.svr", "AbstractModel"),
        },
    ),
    "models_bear_their_floor": Sample(
        [
            {f"{BASE}/models/techsource_svr.py": _model("techsource.svr")},
            {f"{L3}/models/psa_svr.py": _model("psa.svr")},
        ],
        {
            **ASSET,
            f"{L3}/models/techsource_svr.py": _model("techsource.svr"),
            f"{BASE}/models/x.py": _model("res.partner", extra='    _inherit = ["res.partner", "psa.mixin"]\n'),
        },
    ),
    "models_have_access_lines": Sample(
        [
            ASSET,
            {**ASSET, ACCESS: ACCESS_HEADER + "asset_all,a,model_psa_asset,,1,0,0,0\n"},
            {ACCESS: ACCESS_HEADER + "access_asset_user,a,helpdesk_mgmt.model_helpdesk_ticket,,1,0,0,0\n"},
            {f"{BASE}/models/psa_wizard.py": _model("psa.wizard", "TransientModel")},
        ],
        {
            **ASSET,
            f"{BASE}/models/psa_mixin.py": _model("psa.mixin", "AbstractModel"),
            ACCESS: ACCESS_HEADER + "access_psa_asset_support,a,model_psa_asset,,1,0,0,0\n",
        },
    ),
    "xml_ids_say_what_they_are": Sample(
        [
            {f"{BASE}/views/a.xml": _view("view_psa_asset_form")},
            {f"{BASE}/views/a.xml": _xml('<menuitem id="menu_assets" action="psa_asset_action"/>')},
            {
                f"{BASE}/views/a.xml": _xml(
                    '<record id="assets" model="ir.actions.act_window">'
                    '<field name="res_model">psa.asset</field></record>'
                )
            },
            {
                f"{BASE}/security/a.xml": _xml(
                    '<record id="rule_asset" model="ir.rule"><field name="model_id" ref="model_psa_asset"/></record>'
                )
            },
        ],
        {
            f"{BASE}/views/a.xml": _view("psa_asset_view_form_inherit_seat"),
            f"{BASE}/views/b.xml": _xml(
                '<menuitem id="psa_menu_root"/><menuitem id="psa_asset_menu" action="psa_asset_action"/>'
            ),
            f"{BASE}/security/a.xml": _xml(
                '<record id="psa_asset_rule_client" model="ir.rule">'
                '<field name="model_id" ref="psa_base.model_psa_asset"/></record>'
                '<record id="helpdesk_mgmt.rule_x" model="ir.rule"><field name="model_id" ref="model_y"/></record>'
            ),
        },
    ),
    "configuration_is_never_overwritten": Sample(
        [
            {f"{L3}/l4/a.xml": _xml('<record id="a" model="x"/>')},
            {f"{L3}/l4/a.xml": _xml('<data noupdate="0"><record id="a" model="x"/></data>', '<odoo noupdate="1">')},
        ],
        {
            **L4_RECORD,
            f"{L3}/l4/a.xml": _xml('<data noupdate="1"><record id="a" model="x"/></data>'),
            f"{L3}/data/a.xml": _xml('<record id="b" model="x"/>'),
        },
    ),
    # packaging
    "manifests_are_complete": Sample(
        [
            {f"{BASE}/__manifest__.py": MANIFEST.replace("AGPL-3", "LGPL-3")},
            {f"{BASE}/__manifest__.py": MANIFEST.replace("1.0.0", "18.0.1.0.0")},
            {f"{BASE}/readme/DESCRIPTION.md": ""},
        ],
        {},
    ),
    "data_files_are_loaded": Sample(
        [
            {f"{BASE}/views/forgotten.xml": "<odoo/>"},
            {f"{BASE}/__manifest__.py": MANIFEST.replace("[]", '["views/missing.xml"]')},
        ],
        {
            f"{BASE}/__manifest__.py": MANIFEST.replace("[]", '["views/a.xml"]'),
            f"{BASE}/views/a.xml": "<odoo/>",
            f"{BASE}/static/src/xml/a.xml": "<templates/>",
        },
    ),
    "readme_commands_exist": Sample(
        [
            {},
            {"README.md": "Type `scripts/psa dance`."},
            {"README.md": "See [the guide](docs/guide.md)."},
        ],
        {
            "README.md": "Type `scripts/psa up`; see [the guide](docs/guide.md) and [Odoo](https://www.odoo.com).",
            "docs/guide.md": "",
            "scripts/psa_cli/cli.py": "def up():\n    pass",
        },
    ),
    "files_stay_readable": _code("a = 1\n" * 401, good="a = 1\n" * 400),
    # testing
    "every_test_is_loaded": Sample(
        [
            {f"{BASE}/tests/test_a.py": ""},
            {f"{BASE}/tests/test_a.py": "", f"{BASE}/tests/__init__.py": "from . import test_b"},
            {
                f"{BASE}/tests/__init__.py": "from . import hub",
                f"{BASE}/tests/hub/__init__.py": "from . import test_a",
                f"{BASE}/tests/hub/test_a.py": "",
            },
            {
                f"{BASE}/tests/__init__.py": "from .hub import *",
                f"{BASE}/tests/hub/__init__.py": "from . import common",
                f"{BASE}/tests/hub/common.py": "",
                f"{BASE}/tests/hub/test_a.py": "",
            },
        ],
        {
            f"{BASE}/tests/__init__.py": "from . import test_a\nfrom .hub import *\nfrom .sla import test_c",
            f"{BASE}/tests/test_a.py": "",
            f"{BASE}/tests/common.py": "",
            f"{BASE}/tests/hub/__init__.py": "from . import test_b",
            f"{BASE}/tests/hub/test_b.py": "",
            f"{BASE}/tests/sla/__init__.py": "",
            f"{BASE}/tests/sla/test_c.py": "",
        },
    ),
    "heavy_tests_have_files_of_their_own": Sample(
        [
            {f"{BASE}/tests/test_a.py": f"{_tagged('A', 'heavy')}{_tagged('B', '-at_install')}"},
            {f"{BASE}/tests/test_a.py": f"{_tagged('A', 'heavy')}class B(Case):\n    def test_b(self): ...\n"},
        ],
        {
            f"{BASE}/tests/test_a.py": f"{_tagged('A', '-at_install', 'heavy')}class Common:\n    pass\n",
            f"{BASE}/tests/test_b.py": _tagged("B", "-at_install"),
        },
    ),
    "no_test_imports_a_test": Sample(
        [
            {f"{BASE}/tests/test_a.py": "from .test_b import B"},
            {f"{BASE}/tests/hub/test_a.py": "from .. import test_b"},
            {f"{BASE}/tests/hub/common.py": "from ..sla.test_b import B"},
            {f"{L3}/tests/test_a.py": "from odoo.addons.psa_base.tests.test_b import B"},
            {f"{L3}/tests/test_a.py": "import odoo.addons.psa_base.tests.test_b"},
            {"tests/hub/test_a.py": "from .test_b import send"},
        ],
        {
            f"{BASE}/tests/__init__.py": "from . import test_a",
            f"{BASE}/tests/test_a.py": "from odoo.addons.contract.tests.test_contract import TestContractBase",
            f"{BASE}/tests/hub/test_b.py": "from ..common import A\nfrom .common import B",
            "tests/hub/test_a.py": "from .hub_traffic import send",
        },
    ),
    # roles
    "every_model_is_in_the_role_matrix": Sample(
        [ASSET, {**ASSET, MATRIX: ASSET_ROW.replace("psa.asset", "psa.key")}],
        {**ASSET, MATRIX: ASSET_ROW, f"{BASE}/models/a.py": _model("psa.mixin", "AbstractModel")},
    ),
    "role_matrix_is_in_the_docs": Sample(
        [{MATRIX: ASSET_ROW}, {MATRIX: ASSET_ROW, "docs/roles.md": "# Who may do what"}],
        {MATRIX: ASSET_ROW, "docs/roles.md": roles.render(roles.parse([ASSET_ROW]))},
    ),
}
