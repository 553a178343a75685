using System.Text.Json;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>One line of the decision log, not yet written out. Immutable: it is written on another thread.</summary>
internal interface IDecisionLogLine
{
    /// <summary>Writes the line's one object.</summary>
    void Write(Utf8JsonWriter json);
}
