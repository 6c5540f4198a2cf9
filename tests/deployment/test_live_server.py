"""The harness itself: the running suite that the other outside tests stand on."""

import requests

ROLES = ("admin", "operations", "support", "accounts", "client")


def test_running_suite_shows_login_page(instance):
    answer = requests.get(f"{instance['url']}/web/login", timeout=30)
    assert answer.status_code == 200
    assert "csrf_token" in answer.text


def test_instance_has_login_for_each_role(instance):
    assert set(instance["users"]) == set(ROLES)
    assert all(user["login"] and user["password"] for user in instance["users"].values())


def test_each_role_logs_in(instance):
    for role, user in instance["users"].items():
        call = {"params": {"db": instance["db"], "login": user["login"], "password": user["password"]}}
        answer = requests.post(f"{instance['url']}/web/session/authenticate", json=call, timeout=60).json()
        assert answer.get("result", {}).get("uid"), f"{role} could not log in: {answer}"


def test_server_serves_again_after_kill(server):
    before = server.instance
    server.kill9()
    assert not server.is_running()
    server.restart()
    assert requests.get(f"{before['url']}/web/login", timeout=30).status_code == 200
    assert server.instance["users"] == before["users"]
    assert server.psql("SELECT count(*) FROM res_users WHERE login = %s", before["users"]["admin"]["login"]) == [(1,)]
