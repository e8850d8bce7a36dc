"""Certificates for tests: an authority as companies have made them, and servers that it signed."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key, both as PEM."""

    certificate: str
    key: str

    @property
    def pem(self) -> str:
        return self.key + self.certificate


@dataclass(frozen=True)
class Authority:
    """A certificate authority that has neither key usage nor key identifiers."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def named(cls, name: str) -> Authority:
        return cls(_name(name), ec.generate_private_key(ec.SECP256R1()))

    @property
    def certificate(self) -> str:
        only = x509.BasicConstraints(ca=True, path_length=None)
        return self._sign(self.name, self.key, NOW + DAY, only).certificate

    def server(self, address: str, end: dt.datetime = NOW + DAY) -> Signed:
        """Return the certificate of a server at an IP address."""
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        return self._sign(_name(address), ec.generate_private_key(ec.SECP256R1()), end, names)

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        end: dt.datetime,
        extension: x509.ExtensionType,
    ) -> Signed:
        built = (
            x509.CertificateBuilder(self.name, subject, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(end)
            .add_extension(extension, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        plain = form.NoEncryption()
        private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, plain)
        return Signed(built.public_bytes(form.Encoding.PEM).decode(), private.decode())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
