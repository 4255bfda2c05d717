"""Where ``Replay`` stood before it had a folder of its own: tools outside this repository import it from here."""
