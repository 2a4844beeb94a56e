def in_order(webhooks):
    by_id = {webhook.event["id"]: webhook.event for webhook in reversed(webhooks)}
    return [by_id[number] for number in sorted(by_id)]
