// Loops that use instructions which not every processor has; the fitting ones are chosen when the program runs.
//
// In C because Swift has no word for a function that is compiled for several processors.
#include "SHA256.h"
#include "TreeSHAP.h"
