mended = print(
    vonage.application.update_application(
        spare.id, spare_config.model_copy(update={"name": "Spare, mended"})
    ).name
)
