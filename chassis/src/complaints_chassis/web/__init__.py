"""The pages and the API of a service: templates, errors, headers, forms.

A service calls `install_web` once in its `create_app`; its routes use the other names here.
"""

from complaints_chassis.web.csrf import csrf_checked
from complaints_chassis.web.downloads import attachment
from complaints_chassis.web.errors import install_errors
from complaints_chassis.web.install import install_web
from complaints_chassis.web.pages import redirect, render
from complaints_chassis.web.problems import Problem
from complaints_chassis.web.rights import (
    Principal,
    Role,
    check_rights,
    may,
    public,
    requires,
    rights,
)
from complaints_chassis.web.site import Link, Site, site_of, url, wants_page

__all__ = [
    "Link",
    "Principal",
    "Problem",
    "Role",
    "Site",
    "attachment",
    "check_rights",
    "csrf_checked",
    "install_errors",
    "install_web",
    "may",
    "public",
    "redirect",
    "render",
    "requires",
    "rights",
    "site_of",
    "url",
    "wants_page",
]
