"""The market: patents and their open licences, negotiated licences, royalties (专利法 art. 50-52)."""
