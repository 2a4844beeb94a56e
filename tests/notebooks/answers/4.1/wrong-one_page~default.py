def read_on(room, last_id):
    http = lesson.vonage.http_client
    path = f"/v0.3/conversations/{room}/events?start_id={last_id + 1}"
    return http.get(http.api_host, path)["_embedded"]["events"]
