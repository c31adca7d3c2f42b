import pytest, traceback
from profiles.tests import cast as some
from django.http import HttpResponse

pytestmark = [pytest.mark.django_db, pytest.mark.urls("profiles.tests.web.temporary_urls")]


@pytest.fixture(autouse=True)
def lib(settings):
    import copy; t=copy.deepcopy(settings.TEMPLATES); t[0]["OPTIONS"]["libraries"]={"brightline":"profiles.web.templatetags.brightline"}; settings.TEMPLATES=t
def test_it(client, monkeypatch):
    monkeypatch.setattr("profiles.web.errors._render", lambda r, p, s: HttpResponse(str(p), status=s))
    acme = some.make_cast()
    v = some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, tone__profanity="on", agents__spend_limit=100)
    v2 = some.submit(acme)
    for who in list(acme.users):
        client.force_login(acme.users[who])
        for u in [
            "/",
            "/products/helper/",
            "/products/helper/versions/1/",
            "/products/helper/versions/2/",
            "/products/helper/versions/1..2/",
            "/reviews/",
        ]:
            try:
                r = client.get(u)
                print(who, u, r.status_code)
            except Exception as e:
                traceback.print_exc(limit=-4)
                continue
            if r.status_code == 200:
                open("/tmp/claude_%s_%s.html" % (who, u.replace("/", "_")), "wb").write(r.content)
