"""Who does the work: specialists, scoring, context, prompts, loop, tools, review. No Prefect, no SDK."""
