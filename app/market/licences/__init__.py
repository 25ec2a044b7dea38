"""Licences taken by notice and payment: notice, effect, certificate, filing 备案, end, disputes."""
