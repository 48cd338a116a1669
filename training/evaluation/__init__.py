"""How good a network is on people it has not seen: measures with intervals, as JSON and as a report for physicians."""
