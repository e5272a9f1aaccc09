"""The municipal envelope: StUF 03.01, koppelvlak ggk0210, patch 4, over SOAP 1.1."""
