def not_available(request, error):
    raise HTTPException(503, "Not now.")
