import time


def send_once(put, text):
    transaction_id = f"m{time.time_ns()}-{uuid4()}"
    problem = None
    for _ in range(3):
        try:
            return put(transaction_id, text)
        except trouble as error:
            problem = error
    raise problem
