def read_on(room, last_id):
    http = lesson.vonage.http_client
    query = {"start_id": last_id + 1, "page_size": 100}
    page = http.get(http.api_host, f"/v0.3/conversations/{room}/events", query)
    return page["_embedded"]["events"]
