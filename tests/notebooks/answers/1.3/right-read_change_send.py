vonage.application.update_application(spare.id, spare_config)
stored = vonage.application.get_application(spare.id).model_dump(exclude_none=True)
stored["name"] = "Spare, mended"
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig(
        name=stored["name"],
        capabilities=stored["capabilities"],
        privacy=stored["privacy"],
    ),
)
