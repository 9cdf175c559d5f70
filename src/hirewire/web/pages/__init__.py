"""Pages for people: templates, their headers, the stylesheet, and the forms that come back."""

from hirewire.web.pages.assets import asset_routes
from hirewire.web.pages.errors import BadForm, FormTooLarge
from hirewire.web.pages.forms import Form, read_form
from hirewire.web.pages.looks import is_looked_at
from hirewire.web.pages.pages import OPENER_KEPT, Link, PageEndpoint, Pages

__all__ = [
    "OPENER_KEPT",
    "BadForm",
    "Form",
    "FormTooLarge",
    "Link",
    "PageEndpoint",
    "Pages",
    "asset_routes",
    "is_looked_at",
    "read_form",
]
