"""Open licences 专利开放许可: declaration, consents, publicity, filing, announcement, withdrawal."""
