"""A passkey in software: what a phone or a stick does, so that tests can let it sign for the wrong person."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from community.models import User

HOST = "testserver"
NOBODYS = b"\x00" * 16
PRESENT_AND_VERIFIED = 0x01 | 0x04
HOLDS_CREDENTIAL = 0x40


class Passkey:
    """A key pair of one person, known to the site."""

    def __init__(self, user: User) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(user.pk).encode()).digest()
        public = ES256.from_cryptography_key(self.private.public_key())
        credential = AttestedCredentialData.create(NOBODYS, self.id, public)
        held = self.data(PRESENT_AND_VERIFIED | HOLDS_CREDENTIAL, credential)
        client_data = CollectedClientData.create("webauthn.create", b"x" * 32, f"https://{HOST}")
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(AttestationObject.create("none", held, {})),
        }
        registered = {**self.named, "response": response, "clientExtensionResults": {"credProps": {"rk": True}}}
        self.known = WebAuthn.add(user, "手机", registered)

    @property
    def named(self) -> dict[str, str]:
        """Return by what the site knows it."""
        return {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"}

    def data(self, flags: int, credential: Any = b"", counter: int = 0) -> AuthenticatorData:
        """Return what a device says of itself."""
        return AuthenticatorData.create(hashlib.sha256(HOST.encode()).digest(), flags, counter, credential)

    def signs(
        self, challenge: str, *, for_user: User, flags: int = PRESENT_AND_VERIFIED, origin: str = f"https://{HOST}"
    ) -> str:
        """Return the answer to a challenge, given out as the person's of `for_user`."""
        device, client_data = self.data(flags), CollectedClientData.create("webauthn.get", challenge, origin)
        signature = self.private.sign(bytes(device) + client_data.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(device),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(user_pk_to_url_str(for_user).encode()),
        }
        return json.dumps({**self.named, "response": response, "clientExtensionResults": {}})


def challenge_of(client: Client) -> str:
    """Return the challenge that the site gives to whoever wants to sign in by passkey."""
    asked = client.get("/accounts/2fa/webauthn/login/", headers={"x-requested-with": "XMLHttpRequest"})
    return str(asked.json()["request_options"]["publicKey"]["challenge"])


def present(client: Client, answer: str) -> Any:
    """Send a passkey's answer."""
    return client.post("/accounts/2fa/webauthn/login/", {"credential": answer})
