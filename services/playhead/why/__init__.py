"""Why a ranking is as it is: it is made again from the log and the models it names, and told part by part."""
