def not_available(request, error):
    return Response("Not now.", 503)
