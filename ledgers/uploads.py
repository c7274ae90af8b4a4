from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


class LittleOfStrangers(MiddlewareMixin):
    """Whoever is not logged in sends no more than a form: nobody reads the rest.

    Django reads a form to check its token, before it knows who sends it, and writes its files to
    the disk whatever their size and however slowly they come.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if length(request) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        if SESSION_KEY in request.session:
            return None
        login = redirect_to_login(request.path)
        if "HX-Request" in request.headers:
            login.status_code, login.headers["HX-Redirect"] = 401, login.url
        return login


def length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH", "")
    return int(said) if said.isdecimal() else 0
