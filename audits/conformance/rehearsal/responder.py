from audits.conformance.rehearsal.asked import Asked, Said


def respond(asked: Asked) -> Said:
    return Said("I am an AI. You said: " + asked.last)
