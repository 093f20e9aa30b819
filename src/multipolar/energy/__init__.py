"""Gas: the network, its market, what a pipeline is worth to whom. Pure economics, numbers out."""
