"""What a person reads of a lab: question, answer, and the way to it step by step."""
