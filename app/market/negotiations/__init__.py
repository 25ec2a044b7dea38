"""Licences by agreement: offers and counter-offers, contract, signatures, registration 技术合同认定登记."""
