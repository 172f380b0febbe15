"""Webhooks: systems that are told what happens instead of asking again and again."""

from coach.api.keys import Caller
from coach.api.webhooks import AddedWebhook, NewWebhook, Webhook, Webhooks, load
from coach.api.webhooks import add as add_webhook
from coach.api.webhooks import remove as remove_webhook
from coach.web.api.desk import desk
from coach.web.api.routes import Answer, Id, Resource
from coach.web.site import site

webhooks = Resource("webhooks", "Systems that are told of events, in signed requests.")


@webhooks.post("/webhooks", scope="events", answers={201: AddedWebhook}, problems=[409])
def add(caller: Caller, body: NewWebhook) -> Answer:
    """Send events to an address from now on.

    A clinic may have ten webhooks; another is refused (409). The secret is shown in this answer only.
    """
    added = add_webhook(desk(caller), body, in_production=site().runtime.settings.in_production)
    return Answer(added, 201, {"Location": f"/api/v1/webhooks/{added.id}"})


@webhooks.get("/webhooks", scope="events", answers={200: Webhooks})
def index(caller: Caller) -> Answer:
    """List the clinic's webhooks, and how their deliveries go."""
    return Answer(Webhooks(webhooks=load(desk(caller))))


@webhooks.get("/webhooks/{id}", scope="events", answers={200: Webhook})
def show(caller: Caller, id: Id) -> Answer:
    """Show a webhook."""
    [one] = load(desk(caller), id)
    return Answer(one)


@webhooks.delete("/webhooks/{id}", scope="events", answers={204: None})
def remove(caller: Caller, id: Id) -> Answer:
    """Send nothing to it any more. What waits for it is deleted."""
    remove_webhook(desk(caller), id)
    return Answer(None, 204)
