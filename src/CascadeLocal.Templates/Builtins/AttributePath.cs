using System.Globalization;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>What <c>attribute='a.b.0'</c> means to a filter: items looked up one after the other.</summary>
/// <param name="Attribute">Names and numbers with dots between; a number; or none for the element itself.</param>
/// <param name="Adapt">What is done to the result before it is compared, or null.</param>
/// <param name="Default">What an undefined step gives, or null to leave it undefined.</param>
internal sealed record AttributePath(Rendering Rendering, Value Attribute, Func<Value, Value>? Adapt = null, Value? Default = null)
{
    private readonly Value[] _steps = Attribute switch
    {
        NoneValue => [],
        StringValue path => [.. path.Text.Split('.').Select(Step)],
        _ => [Attribute],
    };

    public static Value IgnoreCase(Value value) => value is StringValue text ? new StringValue(CaseMapping.Lower(text.Text)) : value;

    public Value Of(Value item)
    {
        foreach (Value step in _steps)
        {
            item = Members.Getitem(Rendering, item, step);
            if (item is Undefined && Default is not (null or NoneValue))
                item = Default;
        }

        return Adapt is null ? item : Adapt(item);
    }

    private static Value Step(string step) => step.Length is > 0 and < 10 && step.All(char.IsAsciiDigit)
        ? Value.Of(long.Parse(step, CultureInfo.InvariantCulture))
        : Value.Of(step);
}
