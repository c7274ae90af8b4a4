"""The server's answer is right, and the browser shows an older one."""

from diagnosis.app.right import Application


class MaxAge(Application):
    """Pages may be kept by the browser for five minutes"""

    family = "browser"
    look = "link"

    def headers(self, response):
        response.headers["Cache-Control"] = "private, max-age=300"
        return response


class BackButton(Application):
    """No header says anything about keeping, and Back shows what was there"""

    family = "browser"
    look = "back"
    returns = False

    def headers(self, response):
        return response
