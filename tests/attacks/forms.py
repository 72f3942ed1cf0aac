"""Every form of a package."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

from django import forms


def forms_of(package: ModuleType) -> list[type[Any]]:
    """Return the forms that a package's modules define."""
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for one in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(one, type)
                and issubclass(one, forms.BaseForm)
                and one.__module__.startswith(package.__name__)
            ):
                found[f"{one.__module__}.{one.__qualname__}"] = one
    return list(found.values())
