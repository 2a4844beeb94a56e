def retry(call, wait):
    answer = None
    for attempt in range(5):
        try:
            answer = call()
        except HttpRequestError:
            wait(2**attempt)
    return answer
