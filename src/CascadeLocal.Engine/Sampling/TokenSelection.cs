using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// The settings of one choice; the layout is that of <c>cascade_selection</c> in native/include/cascade_native.h.
/// </summary>
/// <param name="Temperature">0 takes the most probable token.</param>
/// <param name="TopK">0 keeps all tokens.</param>
/// <param name="TopP">1 keeps all tokens.</param>
/// <param name="MinP">0 keeps all tokens.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TokenSelection(float Temperature, int TopK, float TopP, float MinP);
