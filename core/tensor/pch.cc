// Gives the precompiled header of the torch rooms (lab_torch_pch) a source to be made for.
