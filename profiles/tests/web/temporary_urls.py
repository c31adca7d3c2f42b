import importlib, sys, types
from django.http import HttpResponse


class Stub(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda request, **k: HttpResponse("stub")


for m in [
    "profiles.web.views.%s" % n for n in "attestations editor rulebooks settings home products reviews versions".split()
] + ["audits.web.views.trail"]:
    try:
        importlib.import_module(m)
    except (ImportError, NameError, SyntaxError):
        sys.modules[m] = Stub(m)
        pkg, n = m.rsplit(".", 1)
        setattr(importlib.import_module(pkg), n, sys.modules[m])
from config.urls import *
