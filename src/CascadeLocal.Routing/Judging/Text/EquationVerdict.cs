namespace CascadeLocal.Routing.Judging.Text;

/// <summary>Whether an equation holds.</summary>
internal enum EquationVerdict
{
    /// <summary>Within the last digit that is written.</summary>
    Holds,

    /// <summary>Within one unit of the last digit: the right side has been cut or rounded to a whole number.</summary>
    Rounded,

    /// <summary>
    /// It does not, but an annotation says what was meant: "half of 16 is 1/2 = &lt;&lt;16*1/2=8&gt;&gt;8", "2 hours =
    /// &lt;&lt;2*60=120&gt;&gt;120 minutes".
    /// </summary>
    Elided,

    /// <summary>It does not.</summary>
    Wrong,
}
