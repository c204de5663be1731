# Every target sets up .venv by itself. PYTHON names the interpreter to start from.
PYTHON ?= python3
DEMO_OUT ?= demo-out

BIN   := .venv/bin
READY := .venv/ready

.PHONY: demo test prove mutants soak lint docs clean

demo: $(READY)
	$(BIN)/windrow demo --out $(DEMO_OUT)

test: $(READY)
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# What the solver says about small designs, deeper than the tests ask; an hour or more.
prove: $(READY)
	$(BIN)/python -m tests.proofs $(ARGS)

# Do the tests notice faults in the hardware?
mutants: $(READY)
	$(BIN)/python -m tests.mutation $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

docs: $(READY)
	$(BIN)/sphinx-build -W --keep-going -q -b html docs build/docs
	@echo "build/docs/index.html"

# Random cases for an hour, or MINUTES=n.
soak: $(READY)
	$(BIN)/python tests/soak.py --minutes $(or $(MINUTES),60)

clean:
	rm -rf .venv .cache build dist $(DEMO_OUT) .pytest_cache .ruff_cache .hypothesis
	find src hdl sim tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# An editable install: edits are seen at once, only pyproject.toml asks for a new one.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "windrow needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Creating .venv (once; it downloads the dependencies and takes a minute or two) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]'
	@touch $@
