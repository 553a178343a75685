using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>
/// What <c>x.name</c> and <c>x[index]</c> give. An attribute is looked for among Python's attributes first, then among the items;
/// an item the other way round. What is not there is undefined, and so is what the sandbox guards.
/// </summary>
internal static class Members
{
    public static Value Getattr(Value target, string name)
    {
        if (target is Undefined undefined)
            return IsInternal(name) ? Unsafe(target, name) : throw undefined.Failure();
        return Attribute(target, name) ?? Item(target, Value.Of(name)) ?? Undefined.Member(target, Value.Of(name));
    }

    public static Value Getitem(Rendering rendering, Value target, Value index)
    {
        if (target is Undefined undefined)
            throw undefined.Failure();
        rendering.Step(1 + index.Weight / 64);
        if (target is StringValue { IsUnits: false })
            rendering.Touch(target);
        return Item(target, index)
            ?? (index is StringValue name ? Attribute(target, name.Text) : null)
            ?? Undefined.Member(target, index);
    }

    /// <summary>Only Python's attributes, for the filter attr.</summary>
    public static Value? Attribute(Value target, string name)
    {
        if (IsInternal(name))
            return Unsafe(target, name);
        return target switch
        {
            StringValue => Bind(StringMethods.Find(name)),
            DictValue => Bind(CollectionMethods.OfDict.Find(name)) ?? Mutating("clear pop popitem setdefault update"),
            ListValue => Bind(CollectionMethods.OfList.Find(name)) ?? Mutating("append clear extend insert pop remove reverse sort"),
            TupleValue { IsGroup: true } group when name is "grouper" or "list" => group.Items[name == "grouper" ? 0 : 1],
            TupleValue => Bind(CollectionMethods.OfSequence.Find(name)),
            RangeValue range => name switch
            {
                "start" => new IntegerValue(range.Start),
                "stop" => new IntegerValue(range.Stop),
                "step" => new IntegerValue(range.Step),
                _ => Bind(CollectionMethods.OfRange.Find(name)),
            },
            NamespaceValue space => name.StartsWith('_') ? null : space.Attributes.GetValueOrDefault(name),
            IMembers owner => owner.Member(name),
            _ when Numbers.IsNumber(target) => NumberMethods.Find(target, name) is { } method ? Bind(method) : NumberMethods.Attribute(target, name),
            _ => null,
        };

        Value? Bind(Builtin? method) => method is null ? null : new BuiltinValue(method, target);
        Undefined? Mutating(string names) => names.Split(' ').Contains(name) ? Unsafe(target, name) : null;
    }

    private static bool IsInternal(string name) =>
        name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal);

    private static Undefined Unsafe(Value target, string name) =>
        new($"access to attribute '{name}' of '{target.TypeName}' object is unsafe.");

    private static Value? Item(Value target, Value index)
    {
        if (target is DictValue dict)
            return index.IsHashable ? dict.Find(index) : null;
        if (!Numbers.TryInteger(index, out BigInteger number))
            return null;
        return target switch
        {
            SequenceValue sequence => At(sequence.Items.Count) is { } at ? sequence.Items[at] : null,
            RangeValue range => At(range.Count) is { } at ? range.At(at) : null,
            StringValue text => Character(text, number),
            _ => null,
        };

        int? At(int count) => number >= -count && number < count ? (int)(number < 0 ? number + count : number) : null;
    }

    private static StringValue? Character(StringValue text, BigInteger index)
    {
        if (BigInteger.Abs(index) > text.Text.Length)
            return null;
        if (index < 0)
            index += text.Length!.Value;
        if (index < 0)
            return null;
        int start = text.Offset((int)index);
        return start < text.Text.Length ? text.Part(start..(start + CodePoints.Width(text.Text, start))) : null;
    }
}
