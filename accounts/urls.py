"""Of django-allauth's pages those that we want, each by its name; the others have no address."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as openid
from django.urls import URLPattern, URLResolver, path, re_path, reverse_lazy

from accounts.views import account as own
from accounts.views import invitations
from accounts.views import mail_address as mail
from accounts.views.account import with_mail

OVERVIEW = reverse_lazy("mfa_index")

account_urls: list[URLPattern | URLResolver] = [
    path("login/", own.Login.as_view(), name="account_login"),
    path("login/factor/", factors.authenticate, name="mfa_authenticate"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("login/with/<slug:provider_id>/", own.with_provider, name="openid_connect_login"),
    path("login/with/<slug:provider_id>/back/", openid.callback, name="openid_connect_callback"),
    path("login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("logout/", account.logout, name="account_logout"),
    path("login/reset/", with_mail(account.password_reset), name="account_reset_password"),
    path(
        "login/reset/sent/",
        with_mail(account.password_reset_done),
        name="account_reset_password_done",
    ),
    path(
        "login/reset/done/",
        with_mail(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^login/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)/$",
        with_mail(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("account/", own.overview, name="mfa_index"),
    path("account/again/", account.reauthenticate, name="account_reauthenticate"),
    path("account/again/factor/", factors.reauthenticate, name="mfa_reauthenticate"),
    path(
        "account/again/passkey/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/again/provider/", own.provider_again, name="provider_again"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/first/", account.password_set, name="account_set_password"),
    path("account/mail/", mail.mail_address, name="mail_address"),
    path("account/mail/<str:token>/", mail.mail_address_confirmed, name="mail_address_confirmed"),
    path("account/factor/", own.second_factor, name="second_factor"),
    path("account/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/app/removed/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/passkeys/new/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(
        "account/passkeys/<int:pk>/name/",
        passkeys.EditWebAuthnView.as_view(success_url=OVERVIEW),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/removed/",
        own.PasskeyRemoved.as_view(success_url=OVERVIEW),
        name="mfa_remove_webauthn",
    ),
    path("account/linked/<int:connection>/removed/", own.unlinked, name="unlinked"),
    path("account/sessions/ended/", own.other_sessions_ended, name="other_sessions_ended"),
    path("account/sessions/<slug:session>/ended/", own.session_ended, name="session_ended"),
    path("invitation/<slug:token>/", invitations.invitation, name="invitation"),
    path(
        "invitation/<slug:token>/accepted/",
        invitations.invitation_accepted,
        name="invitation_accepted",
    ),
    path(
        "invitation/<slug:token>/account/",
        invitations.invitation_account,
        name="invitation_account",
    ),
]

invitation_urls: list[URLPattern] = [
    path("invitations/", invitations.invitation_list, name="invitation_list"),
    path(
        "invitations/<int:invitation>/revoked/",
        invitations.invitation_revoked,
        name="invitation_revoked",
    ),
]
