using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Evaluation;

/// <summary>Anything that can be called.</summary>
internal abstract class CallableValue : Value
{
    public abstract Value Call(Rendering rendering, Arguments arguments);
}
