# The commands of the project. Each prepares what it needs; what they do is in dev/.
DEV = @sh dev/python -m dev

.PHONY: help run test check prove manage demo rules clean

help: ## show the commands
	@sed -n 's/^\([a-z]*\): ## \(.*\)/  make \1	\2/p' Makefile

run: ## start the portal with demonstration data; PORT=8001 and WORKERS=2 are understood
	$(DEV) run

test: ## check and test everything; ARGS="-k clock" is passed to pytest
	$(DEV) test $(ARGS)

check: ## lint, types, layers, migrations, templates, tidiness
	$(DEV) check

manage: ## Django's commands for the running portal; ARGS="import_cases caseload.csv"
	$(DEV) manage $(ARGS)

prove: ## working time against other libraries: a million cases, and how fast
	$(DEV) prove

demo: ## replace the demonstration data; SCALE=1 is a whole council, YES=1 does not ask
	$(DEV) demo

rules: ## write docs/rules.md: which test proves which rule
	$(DEV) rules

clean: ## remove what the other commands made, data included
	$(DEV) clean
