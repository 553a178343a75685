namespace CascadeLocal.Templates;

/// <summary>A place in the source; lines and columns count from 1.</summary>
internal readonly record struct Position(int Line, int Column);
