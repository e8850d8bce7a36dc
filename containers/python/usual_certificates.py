"""Let Pulp accept the certificates that other programs accept; Python runs this at each start.

Since 3.13, Python refuses certificate authorities that do not follow RFC 5280 in every detail, like
one without a key usage. curl accepts them, and so did Python 3.12. Chain, signatures, dates and
host names are verified in either case.
"""

from __future__ import annotations

import os

if not os.environ.get("PULP_STRICT_CERTIFICATES"):
    import _ssl

    # From here ssl and urllib3 take the flag, so that it is off in each context that they make.
    _ssl.VERIFY_X509_STRICT = 0
