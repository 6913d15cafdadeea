"""What storage servers are asked for: YCSB, order entry, a catalogue, a ledger; block traces."""
